/* ./kernel N CHECK TURNS calls run(N) so often, and prints OK if it always returns CHECK. */
#include "kernel.h"
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    if (argc != 4) {
        return 2;
    }
    int n = atoi(argv[1]), check = atoi(argv[2]);
    for (int turns = atoi(argv[3]); turns > 0; turns--) {
        int found = run(n);
        if (found != check) {
            printf("returns %d, must return %d\n", found, check);
            return 1;
        }
    }
    puts("OK");
    return 0;
}
