"""One module per laboratory format. Layout knowledge is data at the top of its module."""
