"""The processes behind `chorus up`: embedded servers, the start plan, and its supervisor."""
