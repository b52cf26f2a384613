"""Recipes in the words of the tools that people use: pip, uv, build, patch, Docker."""

from buildscope.recipes.texts import RecipeText, recipe_texts

__all__ = ["RecipeText", "recipe_texts"]
