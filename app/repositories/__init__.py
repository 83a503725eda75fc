"""Every SQL statement, one file per aggregate. A function takes an open session and never commits."""
