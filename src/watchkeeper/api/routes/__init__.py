"""Routes, one module for each resource; each makes its router from the collaborators."""
