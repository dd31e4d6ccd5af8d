"""Plans at the edge: what callers and settings say of one, made into what `delivery.plans` decides by."""
