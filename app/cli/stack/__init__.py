"""The processes behind `chorus up`: embedded servers, the plan of what runs, and its supervision."""
