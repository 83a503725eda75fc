"""`chorus demo`: a small fleet in the local sandboxes, judged by their journals."""
