# SPDX-License-Identifier: Apache-2.0
#
# The kernel's program of the fast path: compiled by clang, embedded as bytes,
# loaded by libbpf.  Where one of them is missing synward is built without it,
# and every packet goes through the queue.

find_program(SYNWARD_CLANG NAMES clang clang-19 clang-18 clang-17 clang-16
  clang-15 clang-14)
pkg_check_modules(LIBBPF IMPORTED_TARGET libbpf)
if(SYNWARD_CLANG AND LIBBPF_FOUND)
  # The daemon and synwardctl hook call it.
  target_link_libraries(synward-libraries INTERFACE
    -Wl,--push-state,--as-needed PkgConfig::LIBBPF -Wl,--pop-state)
endif()

# To be called when the room is there.
function(synward_embed_program)
  if(SYNWARD_CLANG AND LIBBPF_FOUND)
    set(object ${CMAKE_BINARY_DIR}/needs_daemon.o)
    set(SYNWARD_PROGRAM_BYTES ${CMAKE_BINARY_DIR}/program_bytes.c)
    add_custom_command(OUTPUT ${SYNWARD_PROGRAM_BYTES}
      COMMAND ${SYNWARD_CLANG} -O2 -g -Wall -Wextra -Werror -ffreestanding
        -target bpf -mcpu=v3 -I${CMAKE_SOURCE_DIR}/src
        -I/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
        -fdebug-prefix-map=${CMAKE_SOURCE_DIR}=.
        -MD -MF needs_daemon.d -MT ${SYNWARD_PROGRAM_BYTES}
        -c ${CMAKE_SOURCE_DIR}/src/bpf/needs_daemon.bpf.c -o ${object}
      COMMAND ${CMAKE_COMMAND} -DINPUT=${object}
        -DOUTPUT=${SYNWARD_PROGRAM_BYTES} -DNAME=sw_lane_program_bytes
        -P ${CMAKE_SOURCE_DIR}/cmake/bytes.cmake
      DEPENDS ${CMAKE_SOURCE_DIR}/src/bpf/needs_daemon.bpf.c
        ${CMAKE_SOURCE_DIR}/cmake/bytes.cmake
      DEPFILE needs_daemon.d
      WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
      VERBATIM)
    target_sources(synward-lanes PRIVATE ${SYNWARD_PROGRAM_BYTES})
  else()
    message(NOTICE "synward: built without the fast path, which takes clang and "
      "libbpf (libbpf-dev)")
  endif()
endfunction()
