"""Pages for people: an overview of the sandbox, and each contract with forms to try it."""
