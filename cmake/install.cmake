# SPDX-License-Identifier: Apache-2.0

if(TARGET synwardd)
  install(TARGETS synwardd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
endif()
if(TARGET synwardctl)
  install(TARGETS synwardctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(FILES conf/synward.conf DESTINATION /etc/synward)
install(FILES systemd/synwardd.service DESTINATION /usr/lib/systemd/system)
install(FILES systemd/synward.sysusers
  DESTINATION /usr/lib/sysusers.d RENAME synward.conf)
