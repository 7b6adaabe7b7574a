"""Studio shows the data of a project in the browser."""
