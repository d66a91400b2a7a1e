# SPDX-License-Identifier: ISC
"""Reads the line-based text files: comments, quoted words, errors with file:line."""
import ipaddress
import os
import shlex


class BadLine(Exception):
    """What is wrong, with the file and the line in front."""


class Line:
    """One line of a file as words; every reader below fails with this file:line."""

    def __init__(self, where, words):
        self.where = where
        self.verb = words[0]
        self.words = words[1:]

    def bad(self, text):
        return BadLine(f"{self.where}: {self.verb}: {text}")

    def shape(self, least, most, form):
        if not least <= len(self.words) <= most:
            raise self.bad(f"{len(self.words)} words given, the form is: {self.verb} {form}")

    def number(self, word, low, high, what):
        if not word.isdigit() or not low <= int(word) <= high:
            raise self.bad(f"{what} '{word}' is not a number from {low} to {high}")
        return int(word)

    def asn(self, word):
        return self.number(word, 1, 2**32 - 2, "AS")

    def addr(self, word):
        try:
            return str(ipaddress.IPv4Address(word))
        except ValueError:
            raise self.bad(f"'{word}' is not an IPv4 address") from None

    def net(self, word):
        try:
            return ipaddress.IPv4Network(word)
        except ValueError as error:
            raise self.bad(f"'{word}' is not an IPv4 prefix ({error})") from None

    def interface(self, word):
        try:
            return ipaddress.IPv4Interface(word)
        except ValueError:
            raise self.bad(f"'{word}' is not an address/length") from None

    def one_of(self, word, choices, what):
        if word not in choices:
            raise self.bad(f"unknown {what} '{word}', known: {' '.join(map(str, choices))}")
        return word


def read(path):
    """Yields a Line for every line of the file that says something."""
    shown = os.path.relpath(path)
    shown = path if shown.startswith("..") else shown
    with open(path, encoding="utf-8") as file:
        for count, text in enumerate(file, 1):
            where = f"{shown}:{count}"
            try:
                words = shlex.split(text, comments=True)
            except ValueError as error:
                raise BadLine(f"{where}: {error}") from None
            if words:
                yield Line(where, words)
