good = 1
def broken(:
    pass
