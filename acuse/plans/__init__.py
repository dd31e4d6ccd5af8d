"""The plans that come with Acuse, and plans told in words."""
