"""Opens the doors between rooms: configuration, the data folder, the spine and its life cycle."""
