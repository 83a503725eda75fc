"""Updates as they came, what they told, and who was spoken to."""
