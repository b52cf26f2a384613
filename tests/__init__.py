"""Tests of buildscope."""
