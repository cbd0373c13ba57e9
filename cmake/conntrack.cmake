# SPDX-License-Identifier: Apache-2.0
#
# Connections that the kernel's tracker knows are taken over at a first start
# where libnetfilter_conntrack is there.

pkg_check_modules(CONNTRACK IMPORTED_TARGET libnetfilter_conntrack)
if(CONNTRACK_FOUND)
  # Only the daemon calls it.
  target_link_libraries(synward-libraries INTERFACE
    -Wl,--push-state,--as-needed PkgConfig::CONNTRACK -Wl,--pop-state)
endif()
