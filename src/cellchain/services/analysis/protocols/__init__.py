"""How each question is judged: by cells that were not learnt from, beside the naive answer."""
