"""A tokenizer and a recursive-descent parser of arithmetic, which also evaluates."""
N = 6
CHECK = -4773

TEXT = "1+2*(3+44)-(5*6-7)*2+(8-(9+10)*3)*(2+1)-100*(3+4)"


class Parser:
    def __init__(self, text):
        self.text = text
        self.at = 0

    def peek(self):
        if self.at < len(self.text):
            return self.text[self.at]
        return ""

    def number(self):
        value = 0
        while True:
            c = self.peek()
            if not c or not "0" <= c <= "9":
                return value
            value = value * 10 + ord(c) - 48
            self.at += 1

    def factor(self):
        if self.peek() == "(":
            self.at += 1
            value = self.sum()
            self.at += 1
            return value
        return self.number()

    def product(self):
        value = self.factor()
        while self.peek() == "*":
            self.at += 1
            value *= self.factor()
        return value

    def sum(self):
        value = self.product()
        while True:
            c = self.peek()
            if c == "+":
                self.at += 1
                value += self.product()
            elif c == "-":
                self.at += 1
                value -= self.product()
            else:
                return value


def run(n):
    s = 0
    for k in range(n):
        s += Parser(TEXT).sum() + k
    return s
