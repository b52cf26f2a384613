"""The screens of the debugger."""
