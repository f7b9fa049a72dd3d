/* A plugin of QEMU's user mode (plugin API 1, QEMU 5 or newer) that counts executed guest instructions: all of
 * them, and those in memory that no file is mapped to, which is the machine code that MicroPython loaded from a
 * .mpy file. At the end it writes "insncount TOTAL EMITTED" to QEMU's log.
 *
 *     cc -O2 -shared -fPIC -o insncount.so insncount.c
 *     qemu-arm -plugin ./insncount.so -d plugin -D count.txt program
 *
 * Debian packages no qemu-plugin.h, so the declarations that are needed stand here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef uint64_t qemu_plugin_id_t;
typedef struct qemu_info_t qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

typedef void (*on_translation_t)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*on_exit_t)(qemu_plugin_id_t, void *);

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, on_translation_t);
extern void qemu_plugin_register_vcpu_tb_exec_inline(
    struct qemu_plugin_tb *, enum qemu_plugin_op, void *counter, uint64_t step);
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, on_exit_t, void *);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern void *qemu_plugin_insn_haddr(const struct qemu_plugin_insn *);
extern void qemu_plugin_outs(const char *);

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = 1;

static uint64_t in_files, emitted;

#define MOST_RANGES 512
static struct { uintptr_t start, end; } ranges[MOST_RANGES];
static unsigned n_ranges;

/* The address ranges to which files are mapped, as they are now. */
static void read_ranges(void) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[4400];
    n_ranges = 0;
    while (maps != NULL && n_ranges < MOST_RANGES && fgets(line, sizeof line, maps) != NULL) {
        unsigned long start, end, inode;
        if (sscanf(line, "%lx-%lx %*s %*s %*s %lu", &start, &end, &inode) == 3 && inode != 0) {
            ranges[n_ranges].start = start;
            ranges[n_ranges++].end = end;
        }
    }
    if (maps != NULL) {
        fclose(maps);
    }
}

static bool is_in_range(uintptr_t address) {
    for (unsigned i = 0; i < n_ranges; i++) {
        if (address >= ranges[i].start && address < ranges[i].end) {
            return true;
        }
    }
    return false;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
    (void)id;
    uintptr_t address = (uintptr_t)qemu_plugin_insn_haddr(qemu_plugin_tb_get_insn(block, 0));
    bool is_file = is_in_range(address);
    if (!is_file) { /* new code, or a file that was mapped since */
        read_ranges();
        is_file = is_in_range(address);
    }
    qemu_plugin_register_vcpu_tb_exec_inline(
        block, QEMU_PLUGIN_INLINE_ADD_U64, is_file ? &in_files : &emitted, qemu_plugin_tb_n_insns(block));
}

static void on_exit(qemu_plugin_id_t id, void *unused) {
    (void)id;
    (void)unused;
    char line[80];
    snprintf(line, sizeof line, "insncount %" PRIu64 " %" PRIu64 "\n", in_files + emitted, emitted);
    qemu_plugin_outs(line);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv) {
    (void)info;
    (void)argc;
    (void)argv;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit, NULL);
    return 0;
}
