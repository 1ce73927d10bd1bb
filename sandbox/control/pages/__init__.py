"""Pages for people: what there is here, and each contract with forms to try it. Nothing is loaded from elsewhere."""
