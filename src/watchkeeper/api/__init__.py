"""The edge of the server: HTTP routes, access and wire shapes."""
