"""How each verb is judged, and by what: protocols of honest evaluation."""
