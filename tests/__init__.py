"""Tests; they mirror mpytool/, and peers/ compares with real peers."""
