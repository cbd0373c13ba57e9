# SPDX-License-Identifier: Apache-2.0

install(TARGETS synwardd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(TARGETS synwardctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES conf/synward.conf DESTINATION /etc/synward)
install(FILES systemd/synwardd.service DESTINATION lib/systemd/system)
