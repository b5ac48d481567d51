"""The tables of an index in SQLite."""

from __future__ import annotations

APPLICATION = 0x53544F52
"""SQLite's application_id of our files: "STOR"."""
PAGE = 8192
"""Bytes a page: two or three texts of 400 words."""

SCHEMA = """
CREATE TABLE named (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE text (number INTEGER PRIMARY KEY, words BLOB NOT NULL, sketch BLOB NOT NULL);
CREATE TABLE article (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, text INTEGER NOT NULL, outlet INTEGER NOT NULL,
    published INTEGER, title INTEGER NOT NULL, received INTEGER NOT NULL, age INTEGER NOT NULL,
    content BLOB NOT NULL, about BLOB NOT NULL, body BLOB, story INTEGER NOT NULL DEFAULT 0,
    relation INTEGER NOT NULL DEFAULT 0, jaccard REAL NOT NULL DEFAULT 1, containment REAL NOT NULL DEFAULT 1
);
CREATE INDEX article_age ON article (age);
CREATE INDEX article_story ON article (story, received);
CREATE TABLE story (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, anchor INTEGER NOT NULL, outlets INTEGER NOT NULL,
    kept INTEGER NOT NULL, latest INTEGER NOT NULL
);
CREATE INDEX story_id ON story (id);
CREATE INDEX story_kept ON story (number) WHERE kept;
CREATE TABLE edge (low INTEGER, high INTEGER, evidence BLOB NOT NULL, PRIMARY KEY (low, high)) WITHOUT ROWID;
CREATE TABLE outlet (number INTEGER PRIMARY KEY, name BLOB NOT NULL, key BLOB NOT NULL);
CREATE TABLE change (cursor INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, entry BLOB NOT NULL);
CREATE TABLE furniture (hash INTEGER PRIMARY KEY, outlets BLOB NOT NULL);
CREATE TABLE pending (number INTEGER PRIMARY KEY, sample BLOB NOT NULL);
CREATE TABLE waiting (kind INTEGER, number INTEGER, PRIMARY KEY (kind, number)) WITHOUT ROWID;
CREATE TABLE link (a BLOB, b BLOB, must INTEGER NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
"""
STEPS: dict[int, str] = {}
"""Version → what makes the next one of it; all that are needed are taken in one transaction."""
