# SPDX-License-Identifier: Apache-2.0
#
# The libraries of the shell, one for each job.  The engine links none.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

pkg_check_modules(SYNWARD REQUIRED IMPORTED_TARGET
  libnetfilter_queue libmnl   # packets from the kernel's queue
  libsystemd                  # event loop, notification, journal
  jansson                     # JSON
  libpcap                     # captures
  libseccomp libcap-ng        # privileges
  ncursesw)                   # synwardctl top

add_library(synward-libraries INTERFACE)
target_link_libraries(synward-libraries INTERFACE
  PkgConfig::SYNWARD Threads::Threads)
