{
    "name": "Sample addon",
    "summary": "An addon that only has a manifest",
    "version": "16.0.1.0.0",
    "license": "AGPL-3",
    "author": "buildscope tests",
    "depends": ["base"],
    "installable": True,
}
