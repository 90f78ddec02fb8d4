"""How well the server's parts are: checks run side by side, and one weighted score that explains itself."""
