"""The bytes that JSON is made of, and what stands for bytes that aren't plain JSON."""

NOT_PLAIN = -1
STRETCH = 64
"""Bytes that are looked at together."""
QUOTE, BACKSLASH, NEWLINE, COMMA, COLON, MINUS, PLUS, DOT = 34, 92, 10, 44, 58, 45, 43, 46
OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET = 123, 125, 91, 93
LESS, AMPERSAND, SLASH, ZERO, SPACE = 60, 38, 47, 48, 32
