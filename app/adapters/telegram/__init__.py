"""The Bot API: sending over requests, polling over aiohttp, and the translation of its errors."""
