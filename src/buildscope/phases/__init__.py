"""The nine phases of a build, one file each, and the pipeline that orders them."""
