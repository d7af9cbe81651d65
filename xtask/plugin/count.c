// A plugin for qemu's user-mode emulator that counts how often each block of a program runs.
//
//   qemu-aarch64 -plugin count.so,out=FILE,start=ADDRESS,stop=ADDRESS PROGRAM ...
//
// A block is what qemu translates at a time: instructions that follow each other up to a branch, or up to
// what ended the translation. Executions count from an instruction at a `start` address to one at a `stop`
// address (hexadecimal; each may be given several times); without a `start`, all of them. Of the blocks in which the
// two stand only the instructions between them count, as blocks of their own, so that the sum is exact.
//
// FILE gets a line for every block that ran: its address in hexadecimal, its instructions, its executions.
// What is at these addresses is for the reader of FILE to look up: it has the program.
//
// For programs with one thread at work at a time. qemu's plugin interface is declared here, because
// distributions do not package its header (include/qemu/qemu-plugin.h); the functions below have been the same
// since its first version, and their counting alternative, inline additions, has not.

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef API
#define API 1
#endif
#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
typedef void executed(unsigned int vcpu, void *data);

extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t,
                                                  void (*)(qemu_plugin_id_t, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, executed *,
                                                 enum qemu_plugin_cb_flags, void *data);
extern void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, executed *,
                                                   enum qemu_plugin_cb_flags, void *data);
extern void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, void *), void *data);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);

// qemu looks for it by this name, and refuses a version that it does not have.
EXPORT int qemu_plugin_version = API;

struct block {
    uint64_t address, executions;
    size_t instructions;
    struct block *next;
};

#define MOST_MARKS 16
static uint64_t starts[MOST_MARKS], stops[MOST_MARKS];
static size_t start_count, stop_count;
static struct block *blocks;
static const char *out;
static bool counting;

static struct block *new_block(uint64_t address, size_t instructions) {
    struct block *block = calloc(1, sizeof *block);
    if (!block) abort();
    block->address = address;
    block->instructions = instructions;
    block->next = blocks;
    return blocks = block;
}

static void block_begins(unsigned int vcpu, void *data) {
    (void)vcpu;
    if (counting) ((struct block *)data)->executions++;
}

// `data` is the rest of its block, without the mark.
static void start_runs(unsigned int vcpu, void *data) {
    (void)vcpu;
    if (!counting) ((struct block *)data)->executions++;
    counting = true;
}

// `data` is the stop and the rest of its block, which were counted when the block began.
static void stop_runs(unsigned int vcpu, void *data) {
    (void)vcpu;
    if (counting) ((struct block *)data)->executions--;
    counting = false;
}

static bool holds(const uint64_t *marks, size_t count, uint64_t address) {
    for (size_t i = 0; i < count; i++)
        if (marks[i] == address) return true;
    return false;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb) {
    (void)id;
    size_t count = qemu_plugin_tb_n_insns(tb);
    struct block *block = new_block(qemu_plugin_tb_vaddr(tb), count);
    qemu_plugin_register_vcpu_tb_exec_cb(tb, block_begins, QEMU_PLUGIN_CB_NO_REGS, block);
    for (size_t i = 0; i < count; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t address = qemu_plugin_insn_vaddr(insn);
        if (holds(starts, start_count, address))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, start_runs, QEMU_PLUGIN_CB_NO_REGS,
                                                   new_block(address + 4, count - i - 1));
        if (holds(stops, stop_count, address))
            qemu_plugin_register_vcpu_insn_exec_cb(insn, stop_runs, QEMU_PLUGIN_CB_NO_REGS,
                                                   new_block(address, count - i));
    }
}

// What a stop takes back is negative, printed as such.
static void finished(qemu_plugin_id_t id, void *data) {
    (void)id, (void)data;
    FILE *file = fopen(out, "w");
    if (!file) {
        perror(out);
        exit(1);
    }
    for (const struct block *block = blocks; block; block = block->next)
        if (block->executions && block->instructions)
            fprintf(file, "%" PRIx64 " %zu %" PRId64 "\n", block->address, block->instructions,
                    (int64_t)block->executions);
    if (fclose(file)) {
        perror(out);
        exit(1);
    }
}

static bool mark(const char *argument, const char *name, uint64_t *marks, size_t *count) {
    size_t length = strlen(name);
    if (strncmp(argument, name, length)) return false;
    if (*count == MOST_MARKS) return false;
    marks[(*count)++] = strtoull(argument + length, NULL, 16);
    return true;
}

// Returns 0, or another number where an argument is not one of the above or a mark too many; qemu then says that it failed.
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv) {
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "out=", 4)) out = strdup(argv[i] + 4);
        else if (!mark(argv[i], "start=", starts, &start_count) && !mark(argv[i], "stop=", stops, &stop_count))
            return 1;
    }
    if (!out) return 1;
    counting = start_count == 0;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, finished, NULL);
    return 0;
}
