// Makes this machine look like a virtual machine that hides its processor's caches: preloaded into a program (LD_PRELOAD), it has
// the CPUID instruction trapped (arch_prctl ARCH_SET_CPUID, where processor and kernel can do so) and answers in its place: an AMD
// processor of family 26 whose leaves 4 and 0x8000001D are zero, all else as it is. Build: cc -O2 -shared -fPIC -o x.so x.c -ldl
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

typedef int (*sigaction_function)(int, const struct sigaction *, struct sigaction *);
static sigaction_function s_sigaction;
static struct sigaction s_program; // what the program itself wants done about SIGSEGV
static int s_has_program;

static void let_cpuid_through(unsigned long yes) { syscall(SYS_arch_prctl, ARCH_SET_CPUID, yes); }

static void answer(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    const uint8_t *instruction = (const uint8_t *)registers[REG_RIP];
    if (info->si_code == SI_KERNEL && instruction[0] == 0x0F && instruction[1] == 0xA2)
    {
        uint32_t leaf = registers[REG_RAX], a = leaf, b, c = registers[REG_RCX], d;
        let_cpuid_through(1);
        __asm__ volatile("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(a), "c"(c));
        let_cpuid_through(0);
        if (leaf == 4 || leaf == 0x8000001D) a = b = c = d = 0;
        if (leaf == 0 || leaf == 0x80000000) { b = 0x68747541; d = 0x69746E65; c = 0x444D4163; } // AuthenticAMD
        if (leaf == 0x80000000) a = 0x80000028;
        if (leaf == 1) a = (a & 0xF00000FFu & ~0x0FF00F00u) | 0x00B00F00u; // family 26
        if (leaf == 0x80000001) c |= 1u << 22; // has leaf 0x8000001D
        registers[REG_RAX] = a; registers[REG_RBX] = b; registers[REG_RCX] = c; registers[REG_RDX] = d;
        registers[REG_RIP] += 2;
        return;
    }
    if (s_has_program && (s_program.sa_flags & SA_SIGINFO)) { s_program.sa_sigaction(signal, info, context); return; }
    if (s_has_program && s_program.sa_handler != SIG_DFL && s_program.sa_handler != SIG_IGN) { s_program.sa_handler(signal); return; }
    struct sigaction usual = { .sa_handler = SIG_DFL };
    s_sigaction(SIGSEGV, &usual, 0);
}

int sigaction(int signal, const struct sigaction *action, struct sigaction *before)
{
    if (!s_sigaction) s_sigaction = (sigaction_function)dlsym(RTLD_NEXT, "sigaction");
    if (signal != SIGSEGV) return s_sigaction(signal, action, before);
    if (before) { if (s_has_program) *before = s_program; else memset(before, 0, sizeof *before); }
    if (action) { s_program = *action; s_has_program = 1; }
    return 0;
}

__attribute__((constructor)) static void start(void)
{
    if (!s_sigaction) s_sigaction = (sigaction_function)dlsym(RTLD_NEXT, "sigaction");
    struct sigaction trap = { .sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK | SA_RESTART };
    s_sigaction(SIGSEGV, &trap, 0);
    if (syscall(SYS_arch_prctl, ARCH_SET_CPUID, 0UL) != 0) _exit(77); // cannot be done here
}
