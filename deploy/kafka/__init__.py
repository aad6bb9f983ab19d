"""What the embedded broker is made of: its coordinates, their lock, and its logging configuration."""
