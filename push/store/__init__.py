"""Push in PostgreSQL: where devices are reached, and what is to be sent to them."""
