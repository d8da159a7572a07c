"""Reading records back by their reference, from the spool or the store."""
