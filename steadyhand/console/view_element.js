// The training view as an element of a page.
export default {
  template: "<div></div>",
  props: { socket: String, glb: String, base: String, drive: Boolean },
  async mounted() {
    const { TrainingView } = await import(`${this.base}/training_view.js`);
    if (this.gone) return;
    this.view = new TrainingView(this.$el, { socket: this.address(this.socket), glb: this.glb }, { drive: this.drive });
    this.$el.view = this.view; // for whoever measures
  },
  unmounted() {
    this.gone = true;
    this.view?.dispose();
  },
  methods: {
    address(path) {
      return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
    },
    act(name) {
      this.view?.act(name);
    },
  },
};
