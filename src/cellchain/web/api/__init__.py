"""The REST face, ``/api/v1``: routes and schemas are read off the contracts and the queries."""
