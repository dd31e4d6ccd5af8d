"""What `acuse` does on a person's word, a module each; `acuse.cli` registers them."""
