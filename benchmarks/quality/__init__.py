"""How good the answers are, on real news and on simulated news, with floors that hold them."""
