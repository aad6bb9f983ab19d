"""The three services. They know the library and never one another."""
