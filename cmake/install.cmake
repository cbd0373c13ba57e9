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
install(FILES systemd/synward.tmpfiles
  DESTINATION /usr/lib/tmpfiles.d RENAME synward.conf)
install(PROGRAMS systemd/before-stop DESTINATION /usr/lib/synward)
foreach(section 5 7 8)
  install(DIRECTORY man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
    FILES_MATCHING PATTERN "*.${section}")
endforeach()
install(FILES completions/synwardctl.bash
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
  RENAME synwardctl)
install(FILES completions/_synwardctl
  DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
