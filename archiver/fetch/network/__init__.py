"""One exchange with a server: connections, TLS, the address guard, and the capture of what crossed the wire."""
