<?php
/**
 * Plugin Name: Campaigner
 * Description: Paste the short link of your local on a line of its own, and the campaign's form stands in your page.
 * Version: 1.0.0
 * Requires at least: 5.9
 * Requires PHP: 7.4
 * License: MIT
 *
 * WordPress takes the form without this plugin too, in a frame that may run scripts and nothing else. With it the
 * address of one Campaigner (Settings, General) is trusted as a provider of embeds: the form then follows its height.
 * The plugin stores that address, sets no cookie and sends nothing about your visitors anywhere.
 */

defined( 'ABSPATH' ) || exit;

const CAMPAIGNER_OPTION = 'campaigner_url';

/** The address of the Campaigner that this site trusts, like https://actie.example.org; empty when none was filled in. */
function campaigner_url() {
	return untrailingslashit( (string) get_option( CAMPAIGNER_OPTION, '' ) );
}

/** Only the beginning of a web address is kept: scheme, host and port. */
function campaigner_clean( $typed ) {
	$parts = wp_parse_url( esc_url_raw( trim( (string) $typed ), array( 'http', 'https' ) ) );
	if ( empty( $parts['scheme'] ) || empty( $parts['host'] ) ) {
		return '';
	}
	return $parts['scheme'] . '://' . $parts['host'] . ( empty( $parts['port'] ) ? '' : ':' . (int) $parts['port'] );
}

add_action(
	'init',
	function () {
		$home = campaigner_url();
		if ( '' === $home ) {
			return;
		}
		$start = '#^' . preg_quote( $home, '#' );
		wp_oembed_add_provider( $start . '/[sw]/[\w-]+/?(\?.*)?$#i', $home . '/oembed?as=script', true );
		wp_oembed_add_provider( $start . '/[a-z]{2}/c/[\w-]+\?.*p=.*$#i', $home . '/oembed?as=script', true );
	}
);

add_action(
	'admin_init',
	function () {
		register_setting(
			'general',
			CAMPAIGNER_OPTION,
			array(
				'type'              => 'string',
				'sanitize_callback' => 'campaigner_clean',
				'default'           => '',
			)
		);
		add_settings_field(
			CAMPAIGNER_OPTION,
			'Campaigner',
			function () {
				printf(
					'<input type="url" class="regular-text" id="%1$s" name="%1$s" value="%2$s" placeholder="https://">',
					esc_attr( CAMPAIGNER_OPTION ),
					esc_attr( campaigner_url() )
				);
			},
			'general',
			'default',
			array( 'label_for' => CAMPAIGNER_OPTION )
		);
	}
);
