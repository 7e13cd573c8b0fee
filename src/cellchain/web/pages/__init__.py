"""One folder per page: what it shows, its template, what its forms do."""
