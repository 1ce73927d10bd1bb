"""Values shared by all layers: messages, problems, money, time, exact JSON and YAML."""
