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

# What replay reads compressed captures with.  Without one of them it names the
# library that is missing.
set(SYNWARD_UNPACK gzip zstd xz CACHE STRING
  "compressions that replay reads, where their libraries are installed")
set(SYNWARD_UNPACK_gzip zlib)
set(SYNWARD_UNPACK_zstd libzstd)
set(SYNWARD_UNPACK_xz liblzma)
set(SYNWARD_UNPACKS)
foreach(name ${SYNWARD_UNPACK})
  pkg_check_modules(UNPACK_${name} IMPORTED_TARGET ${SYNWARD_UNPACK_${name}})
  if(UNPACK_${name}_FOUND)
    list(APPEND SYNWARD_UNPACKS ${name})
  else()
    message(STATUS
      "replay: no ${SYNWARD_UNPACK_${name}}, so it reads no ${name} files")
  endif()
endforeach()

add_library(synward-libraries INTERFACE)
target_link_libraries(synward-libraries INTERFACE
  PkgConfig::SYNWARD Threads::Threads)
foreach(name ${SYNWARD_UNPACKS})
  target_link_libraries(synward-libraries INTERFACE PkgConfig::UNPACK_${name})
endforeach()
