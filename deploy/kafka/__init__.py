"""The embedded broker's Maven coordinates, their lock, and its logging configuration."""
