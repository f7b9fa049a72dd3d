import framebuffer_viper as f

SIGNS = {f.BLACK: "#", f.WHITE: "o", f.RED: "x", f.GREEN: "=", f.BLUE: "."}


def show(screen):
    for y in range(screen.height):
        print("".join(SIGNS[screen.pixel(x, y)] for x in range(screen.width)))


screen = f.main(show)
print(hex(f.rgb(255, 128, 8)))
try:
    screen.blit(screen, 1, 0)
except ValueError as e:
    print("ValueError:", e)
