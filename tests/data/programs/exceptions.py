# try in all its forms.
def kinds(f):
    try:
        r = f()
    except (KeyError, IndexError) as e:
        return "lookup " + type(e).__name__
    except ZeroDivisionError:
        return "zero"
    except:
        return "other"
    else:
        return "ok %r" % (r,)
    finally:
        print("f", end=";")


print(kinds(lambda: {}[1]))
print(kinds(lambda: [][1]))
print(kinds(lambda: 1 // 0))
print(kinds(lambda: int("x")))
print(kinds(lambda: 5))


def override():
    try:
        return 1
    finally:
        return 2


def nested():
    out = []
    try:
        try:
            raise ValueError("a")
        except ValueError as e:
            out.append(e.args[0])
            raise
        finally:
            out.append("f1")
    except ValueError as e:
        out.append("outer " + str(e))
        try:
            raise KeyError("k")
        except KeyError:
            out.append("k")
    finally:
        out.append("f2")
    return out


print(override(), nested())


def loop():
    for i in range(4):
        try:
            if i == 0:
                continue
            if i == 1:
                raise IndexError
            if i == 3:
                break
        except IndexError:
            print("caught", i)
            continue
        finally:
            print("fin", i)
        print("end", i)
    else:
        print("no")
    try:
        e
    except NameError:
        print("unset")


loop()
try:
    try:
        1 / 0
    except ZeroDivisionError as z:
        raise ValueError("chained")
except ValueError as v:
    print(v.args[0])
try:
    assert 1 == 2, "message"
except AssertionError as e:
    print("assert", e)


def gen_finally():
    try:
        yield 1
        yield 2
    finally:
        print("closed")


g = gen_finally()
print(next(g))
g.close()
e = "kept"
try:
    raise TypeError
except TypeError as e:
    pass
try:
    print(e)
except NameError:
    print("deleted")
def reraise():
    try:
        raise OSError(2)
    except OSError:
        try:
            raise KeyError
        except KeyError:
            pass
        raise
try:
    reraise()
except OSError as x:
    print("OSError", x.args[0])
