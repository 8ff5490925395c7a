"""Where the warehouse runs: settings, database, embedded server, progress."""
