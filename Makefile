# SPDX-License-Identifier: GPL-2.0
# The front door; what is built stands in Kbuild.

KDIR ?= /lib/modules/$(shell uname -r)/build
MODULES := $(MAKE) -C $(KDIR) M=$(CURDIR)

.DEFAULT_GOAL := all
.PHONY: all modules modules_install clean distclean demo fuzz check check-all check-nightly help have-kdir
.PHONY: install install-tools dkms deb
.PHONY: bench bench-attack bench-scale bench-check bench-baseline bench-plot

all modules: have-kdir
	+@$(MODULES) modules

# Where depmod looks first; older kernels put what is not theirs elsewhere.
INSTALL_MOD_DIR ?= updates

modules_install: modules
	+@$(MODULES) INSTALL_MOD_DIR=$(INSTALL_MOD_DIR) INSTALL_MOD_PATH=$(or $(INSTALL_MOD_PATH),$(DESTDIR)) \
		modules_install

PREFIX ?= /usr/local
MAN := $(DESTDIR)$(PREFIX)/share/man/man8
DOC := $(DESTDIR)$(PREFIX)/share/doc/lnet-tools
UNITS ?= $(PREFIX)/lib/systemd/system

# What the running system needs besides: tools, their manual pages, a unit, examples.
install-tools:
	install -d $(DESTDIR)$(PREFIX)/sbin $(MAN) $(DOC)/examples $(if $(UNITS),$(DESTDIR)$(UNITS))
	install -m 755 scripts/lnetstat scripts/lnetping $(DESTDIR)$(PREFIX)/sbin/
	install -m 644 Documentation/man/lnetstat.8 Documentation/man/lnetping.8 $(MAN)/
	$(if $(UNITS),install -m 644 scripts/package/lnet.service $(DESTDIR)$(UNITS)/)
	install -m 644 scripts/package/lnet.conf scripts/package/depmod.conf $(DOC)/examples/
	install -m 644 $(addprefix Documentation/,operator.rst lustre.rst tcp.rst glossary.rst differences.rst \
		changelog.rst security.rst ABI/testing/sysfs-kernel-lnet ABI/testing/dev-lnet \
		ABI/testing/debugfs-lnet) $(DOC)/

install: modules_install install-tools

dkms deb:
	@scripts/package/$@

clean:
	@find . -path ./build -prune -o -path ./.git -prune -o -type f \( -name '*.o' -o -name '*.ko' \
		-o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' -o -name '.*.d' -o -name Module.symvers \
		-o -name modules.order -o -name .module-common.o \) -exec rm -f {} +

distclean: clean
	@rm -rf build

demo fuzz check bench bench-attack bench-scale bench-check bench-plot:
	@scripts/$@

check-all:
	@CHECK=all scripts/check

check-nightly:
	@CHECK=nightly scripts/check

bench-baseline:
	@scripts/bench-check --store

have-kdir:
	$(if $(wildcard $(KDIR)/Makefile),,$(error no kernel headers in $(KDIR): \
		'apt install linux-headers-$(shell uname -r)', or KDIR=<kernel build tree>, \
		or 'make check', which brings its own kernels))

help:
	@echo "make                 lnet.ko, ksocklnd.ko, lnet_lustre.ko, against the running kernel's headers or KDIR="
	@echo "make modules_install and install it below /lib/modules (as root)"
	@echo "make install         the same, and lnetstat, lnetping, their manual pages, a systemd unit, and examples"
	@echo "                     of configuration below PREFIX= (/usr/local), DESTDIR=; install-tools: only these"
	@echo "make dkms            lay out the source for DKMS in build/dkms"
	@echo "make deb             Debian packages lnet-dkms and lnet-tools, in build/deb"
	@echo "make demo            carry a file (FILE=) through LNet in a test kernel, and show it"
	@echo "make demo NODES=4    over TCP, from three test kernels to a fourth (2 to 5)"
	@echo "make check           build and test (CHECK='step...': some of it; scripts/check -l lists it all)"
	@echo "make check-all       and all that takes longer: other kernels, data races, faults, fuzz, windows, scenarios"
	@echo "make check-nightly   an hour of fuzz: ten million broken headers, a peer that talks nonsense; with LUSTRE=, an hour of its lnet_selftest"
	@echo "make fuzz            every function of both APIs with good, stale and wrong arguments, from many"
	@echo "                     threads (SEED= of a run to see again, CALLS=, CASE=, DELIVERY=, FUZZ='only=...')"
	@echo "make bench           measure, in a test kernel (SUITE=loopback|delivery|poll|grow|tcp, BENCH=)"
	@echo "make bench-attack    how honest peers fare under attack, beside a plain server (ATTACKS=), ten minutes"
	@echo "make bench-scale     what 10,000 idle peers cost, and how one among them fares (PEERS=), 10 minutes"
	@echo "make bench-plot      plots and a model of what SUITE=delivery measured"
	@echo "make bench-check     short runs of every suite (SUITE=) against tests/bench/baseline.json, 20"
	@echo "                     minutes; bench-baseline stores it"
	@echo "make clean           what 'make' made; distclean: what the others made, too"
	@echo "KDIR=                kernel build tree for 'make'; W=1 C=2 V=1 as in kernel builds"
	@echo "LNET_NO_WERROR=1     warnings do not end the build of the three modules"
	@echo "CACHE=               where demo, check and bench keep kernels (~/.cache/lnet)"
	@echo "STRICT=1             check, check-all: whatever did not run has failed"
	@echo "LNET_TESTS=1         also what is in tests/; LNET_KUNIT=1 with it: the KUnit suites"
	@echo "LNET_SCHEMES=1       delivery schemes that are only there to be compared"
	@echo "KERNEL_SRC=          a kernel tree or tarball to make the test kernel from"
