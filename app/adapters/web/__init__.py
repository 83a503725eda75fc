"""HTTP client for untrusted URLs, guarded against SSRF, and feeds read with it."""
